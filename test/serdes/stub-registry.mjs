// A schema registry on loopback, in a thread of its own, since clients may block theirs: Confluent's REST protocol, in memory.
import { createServer } from 'node:http'
import { parentPort } from 'node:worker_threads'

/** By id less one. */
const schemas = []

const route = (method, path, body) => {
  const [, kind, name = '', versions, version] = path.split('/').map(decodeURIComponent)
  const notFound = [404, { error_code: 40403, message: 'Schema not found' }]
  if (kind === 'schemas') {
    const found = schemas[Number(versions) - 1]
    return found === undefined ? notFound : [200, { schema: found.schema }]
  }
  const ofSubject = schemas.map((each, index) => ({ ...each, id: index + 1 })).filter((each) => each.subject === name)
  if (method === 'POST') {
    const { schema } = JSON.parse(body)
    const known = ofSubject.find((each) => each.schema === schema)
    if (known !== undefined) return [200, { id: known.id }]
    return versions === undefined ? notFound : [200, { id: schemas.push({ schema, subject: name }) }]
  }
  if (version === undefined) return [200, ofSubject.map((_each, index) => index + 1)]
  return [200, ofSubject[Number(version) - 1]]
}

const server = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk) => (body += chunk))
  request.on('end', () => {
    const [status, answer] = route(request.method, request.url, body)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
})

server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))
