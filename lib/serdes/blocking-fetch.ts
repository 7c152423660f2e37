import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'

export type BlockingAnswer = { readonly status: number; readonly text: string } | { readonly error: string }

/** Runs in the worker: fetches what it is asked for, answers, and wakes the thread that waits. */
const worker = `
const { parentPort } = require('node:worker_threads')
parentPort.on('message', async ({ url, init, timeoutMs, flag, port }) => {
  let answer
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) })
    answer = { status: response.status, text: await response.text() }
  } catch (error) {
    answer = { error: error.cause?.message ?? error.message }
  }
  port.postMessage(answer)
  port.close()
  Atomics.store(flag, 0, 1)
  Atomics.notify(flag, 0)
})
`

/** HTTP requests that the calling thread waits for: for the rare one that synchronous code cannot do without. */
export class BlockingFetch {
  #worker: Worker | undefined

  fetch(url: string, init: RequestInit, timeoutMs: number): BlockingAnswer {
    this.#worker ??= startWorker()
    const flag = new Int32Array(new SharedArrayBuffer(4))
    const { port1, port2 } = new MessageChannel()
    this.#worker.postMessage({ url, init, timeoutMs, flag, port: port2 }, [port2])
    // the worker gives up in time itself; twice as long means that it is gone
    Atomics.wait(flag, 0, 0, 2 * timeoutMs)
    const answer = receiveMessageOnPort(port1) as { readonly message: BlockingAnswer } | undefined
    port1.close()
    return answer?.message ?? { error: `no answer within ${timeoutMs} ms` }
  }

  async close(): Promise<void> {
    await this.#worker?.terminate()
    this.#worker = undefined
  }
}

const startWorker = (): Worker => {
  const started = new Worker(worker, { eval: true })
  // a program that has nothing else to do may end
  started.unref()
  return started
}
