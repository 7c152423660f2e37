import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { lockDirectory } from '../../../lib/broker/storage/directory-lock.ts'
import { withDirectory } from '../helpers/test-log.ts'

describe('the lock of a directory', () => {
  test('should keep a second broker out until it is given back', () => withDirectory(async (directory) => {
    const unlock = lockDirectory(directory)
    expect(() => lockDirectory(directory)).toThrow(expect.objectContaining({ code: 'MILLRACE_BROKER_DIRECTORY_IN_USE' }))
    unlock()
    lockDirectory(directory)()
  }))

  test('should not count when its process is gone', () => withDirectory(async (directory) => {
    writeFileSync(path.join(directory, 'broker.lock'), '2147483646 12345')
    lockDirectory(directory)()
  }))

  test('should not count when its pid belongs to another process by now', () => withDirectory(async (directory) => {
    writeFileSync(path.join(directory, 'broker.lock'), `${process.pid} 1`)
    lockDirectory(directory)()
  }))

  test('should be given when the disk was too full for the name of its owner', () => withDirectory(async (directory) => {
    writeFileSync(path.join(directory, 'broker.lock'), '')
    lockDirectory(directory)()
  }))
})
