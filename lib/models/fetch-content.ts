import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { ModelError, messageOf } from './errors.ts'

export interface ContentOptions {
  /** Greatest size of a model in bytes. @default 64 MiB */
  readonly maxBytes?: number
  /** How long getting a model by reference may take, in ms. @default 10000 */
  readonly timeoutMs?: number
  /** Ends the wait. */
  readonly signal?: AbortSignal
  /** How many redirects an http(s) location may go through. @default 5 */
  readonly maxRedirects?: number
}

export const defaultMaxBytes = 64 * 1024 * 1024
const defaultTimeoutMs = 10_000
const defaultRedirects = 5
const chunkBytes = 1 << 20

export const tooLarge = (what: string, size: number, maxBytes: number): ModelError =>
  new ModelError('MILLRACE_MODEL_CONTENT_TOO_LARGE', `${what} has ${size} bytes or more; at most ${maxBytes} are allowed (raise maxBytes)`)

const unreachable = (location: string, why: string, cause?: unknown): ModelError =>
  new ModelError('MILLRACE_MODEL_LOCATION_UNREACHABLE', `model at ${location}: ${why}`, { cause })

/** Collects chunks up to a limit; what exceeds it is never held. */
const collect = async (chunks: AsyncIterable<Uint8Array>, location: string, maxBytes: number): Promise<Uint8Array> => {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.byteLength
    if (size > maxBytes) throw tooLarge(`model at ${location}`, size, maxBytes)
    parts.push(Uint8Array.from(chunk))
  }
  return Buffer.concat(parts, size)
}

const readFileBounded = async (file: string, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> => {
  // Without O_NONBLOCK opening a pipe would wait for a writer; what kind of file it is can be told only after opening.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => { throw unreachable(file, messageOf(cause), cause) })
  try {
    const stat = await handle.stat()
    if (!stat.isFile()) throw unreachable(file, 'it is not a regular file')
    if (stat.size > maxBytes) throw tooLarge(`model at ${file}`, stat.size, maxBytes)
    signal.throwIfAborted()
    const chunks = handle.createReadStream({ autoClose: false, highWaterMark: chunkBytes, signal })
    return await collect(chunks, file, maxBytes)
  } finally {
    await handle.close()
  }
}

const download = async (url: URL, maxBytes: number, maxRedirects: number, signal: AbortSignal): Promise<Uint8Array> => {
  let current = url
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(current, { redirect: 'manual', signal, headers: { accept: '*/*' } })
    if (response.status >= 300 && response.status < 400 && response.headers.has('location')) {
      await response.body?.cancel()
      if (redirects >= maxRedirects) throw unreachable(url.href, `more than ${maxRedirects} redirects`)
      current = new URL(response.headers.get('location')!, current)
      if (current.protocol !== 'http:' && current.protocol !== 'https:') throw unreachable(url.href, `it redirects to ${current.protocol}, which is not followed`)
      continue
    }
    if (!response.ok || response.body === null) {
      await response.body?.cancel()
      throw unreachable(url.href, `the server answered ${response.status} ${response.statusText}`.trimEnd())
    }
    const announced = Number(response.headers.get('content-length') ?? 0)
    if (announced > maxBytes) {
      await response.body.cancel()
      throw tooLarge(`model at ${url.href}`, announced, maxBytes)
    }
    return await collect(response.body, url.href, maxBytes)
  }
}

/** fetch says little itself; what happened is in its cause. */
const causeOf = (error: unknown): string => {
  const cause: unknown = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined
  return cause === undefined ? messageOf(error) : `${messageOf(error)} (${messageOf(cause)})`
}

/**
 * The bytes of a model by reference: a file path, a `file:` URL, or an `http:` or `https:` URL.
 * @throws {ModelError} saying whether it could not be reached, was too large, took too long, or the wait was ended
 */
export const fetchContent = async (location: string, options: ContentOptions = {}): Promise<Uint8Array> => {
  const { maxBytes = defaultMaxBytes, timeoutMs = defaultTimeoutMs, maxRedirects = defaultRedirects } = options
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(location)?.[1]?.toLowerCase()
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal])
  try {
    signal.throwIfAborted()
    switch (scheme) {
      case undefined: return await readFileBounded(location, maxBytes, signal)
      case 'file': return await readFileBounded(fileURLToPath(location), maxBytes, signal)
      case 'http': case 'https': return await download(new URL(location), maxBytes, maxRedirects, signal)
      default:
        throw new ModelError('MILLRACE_MODEL_LOCATION_UNSUPPORTED', `model at ${location}: ${scheme}: is not supported; use a file path or a file:, http: or https: URL`)
    }
  } catch (error) {
    if (error instanceof ModelError) throw error
    if (options.signal?.aborted === true) throw new ModelError('MILLRACE_MODEL_LOAD_ABORTED', `getting the model at ${location} was ended`, { cause: error })
    if (timeout.aborted) throw new ModelError('MILLRACE_MODEL_LOAD_TIMED_OUT', `model at ${location} did not come within ${timeoutMs} ms`, { cause: error })
    throw unreachable(location, causeOf(error), error)
  }
}
