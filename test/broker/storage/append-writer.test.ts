import { closeSync, openSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { AppendWriter } from '../../../lib/broker/storage/append-writer.ts'
import type { AppendTarget } from '../../../lib/broker/storage/append-writer.ts'
import { withDirectory } from '../helpers/test-log.ts'

const target = (file: string): AppendTarget & { written: number; close(): void } => {
  const descriptor = openSync(file, 'a')
  return { written: 0, descriptor: () => descriptor, wrote(bytes) { this.written += bytes }, close: () => closeSync(descriptor) }
}

describe('AppendWriter', () => {
  test('should write in order, over several files, and tell of each append in that order', () => withDirectory(async (directory) => {
    const files = ['a', 'b'].map((name) => path.join(directory, name))
    const targets = files.map(target)
    const writer = new AppendWriter(() => false)
    const told: number[] = []
    for (let i = 0; i < 3000; i++) writer.append(targets[i < 1500 ? 0 : 1]!, Buffer.from(`${i}\n`), 1, () => told.push(i))
    await writer.drained()
    expect(told).toEqual(Array.from({ length: 3000 }, (_, i) => i))
    expect(files.map((file) => readFileSync(file, 'utf8')).join('')).toBe(told.map((i) => `${i}\n`).join(''))
    expect(targets.map(({ written }) => written)).toEqual(files.map((file) => readFileSync(file).length))
    for (const each of targets) each.close()
  }))

  test('should ask with the number of records whether they must be on the disk before anybody is told', () => withDirectory(async (directory) => {
    const file = target(path.join(directory, 'a'))
    const asked: number[] = []
    const writer = new AppendWriter((records) => asked.push(records) > 0)
    writer.append(file, Buffer.from('x'), 7, () => {})
    await writer.drained()
    expect(asked).toEqual([7])
    file.close()
  }))

  test('should fail everything after a failure, so that there is no gap', async () => {
    const writer = new AppendWriter(() => false)
    const errors: (string | undefined)[] = []
    const broken: AppendTarget = { descriptor: () => { throw new Error('no such disk') }, wrote: () => {} }
    for (let i = 0; i < 3; i++) writer.append(broken, Buffer.from('x'), 1, (error) => errors.push(error?.message))
    await writer.drained()
    expect(errors).toEqual(['no such disk', 'no such disk', 'no such disk'])
  })
})
