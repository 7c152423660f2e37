/**
 * The program of the worker that scans LevelDB databases, as text: so it runs the same from sources, from `dist` and under
 * jest, where a worker could not load a TypeScript file. It knows nothing of Millrace; requests and replies are described in
 * leveldb-scanner.ts.
 */
export const SCAN_WORKER_SOURCE = `
'use strict'
const { workerData } = require('node:worker_threads')
const { modulePath, port, replies } = workerData
const { Level } = require(modulePath)
const databases = new Map()

const open = async (location) => {
  let db = databases.get(location)
  if (db === undefined) {
    db = new Level(location, { keyEncoding: 'buffer', valueEncoding: 'buffer', createIfMissing: false, multithreading: true })
    databases.set(location, db)
  }
  await db.open()
  return db
}

const rowsOf = async (db, { gte, lt, reverse, limit }) => {
  const range = { gte: Buffer.from(gte), lt: Buffer.from(lt), reverse, limit, highWaterMarkBytes: 1024 * 1024 }
  const iterator = db.iterator(range)
  const rows = []
  try {
    while (rows.length < limit) {
      const some = await iterator.nextv(limit - rows.length)
      if (some.length === 0) break
      for (const row of some) rows.push(row)
    }
  } finally {
    await iterator.close()
  }
  return rows
}

const pack = (rows) => {
  let size = 0
  for (const [key, value] of rows) size += 8 + key.length + value.length
  const packed = Buffer.from(new ArrayBuffer(size))
  let p = 0
  for (const [key, value] of rows) {
    packed.writeUInt32LE(key.length, p)
    packed.writeUInt32LE(value.length, p + 4)
    packed.set(key, p + 8)
    packed.set(value, p + 8 + key.length)
    p += 8 + key.length + value.length
  }
  return packed.buffer
}

const handlers = {
  async scan(request) {
    return { rows: pack(await rowsOf(await open(request.location), request)) }
  },
  async count(request) {
    const db = await open(request.location)
    const rows = await rowsOf(db, request)
    if (rows.length < request.limit) return { count: rows.length }
    const bytes = rows.reduce((sum, [key, value]) => sum + key.length + value.length, 0)
    const size = await db.approximateSize(Buffer.from(request.gte), Buffer.from(request.lt))
    return { count: Math.max(rows.length, Math.round(size / (bytes / rows.length))) }
  },
  async close({ location }) {
    const db = databases.get(location)
    databases.delete(location)
    if (db !== undefined) await db.close()
    return {}
  },
}

port.on('message', async (request) => {
  let reply
  try {
    reply = { id: request.id, ...await handlers[request.op](request) }
  } catch (error) {
    databases.delete(request.location)
    reply = { id: request.id, error: error.cause?.message ?? error.message }
  }
  port.postMessage(reply, reply.rows === undefined ? [] : [reply.rows])
  Atomics.add(replies, 0, 1)
  Atomics.notify(replies, 0)
})
`
