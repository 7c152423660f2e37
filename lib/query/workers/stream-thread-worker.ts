/** The program of a worker that runs one stream thread: see `lib/runtime/workers`. */
import { parentPort, workerData } from 'node:worker_threads'
import type { WorkerStart } from '../../runtime/workers/messages.ts'
import { WorkerSide } from '../../runtime/workers/worker-side.ts'
import { Answering } from './answering.ts'

if (parentPort === null) throw new Error('this is the program of a worker thread: KafkaStreams starts it')
void new WorkerSide(parentPort, workerData as WorkerStart, new Answering().answer).run()
