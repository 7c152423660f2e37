import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { CrashMarker } from '../../../stores/engines/crash-marker.ts'

describe('the crash marker', () => {
  let parent: string
  let directory: string
  let data: string

  beforeEach(() => {
    parent = mkdtempSync(path.join(os.tmpdir(), 'millrace-marker-'))
    directory = path.join(parent, 'lmdb')
    data = path.join(directory, 'data.mdb')
  })

  afterEach(() => rmSync(parent, { recursive: true, force: true }))

  const used = (bootId: string): CrashMarker => {
    const marker = new CrashMarker(directory, bootId)
    expect(marker.open()).toBe(false)
    writeFileSync(data, 'rows')
    return marker
  }

  test('should keep files when only the process died, in the same boot', () => {
    used('boot-1')
    expect(new CrashMarker(directory, 'boot-1').open()).toBe(false)
    expect(readFileSync(data, 'utf8')).toBe('rows')
  })

  test('should keep files that were closed cleanly, whatever happened since', () => {
    used('boot-1').close()
    expect(new CrashMarker(directory, 'boot-2').open()).toBe(false)
    expect(existsSync(data)).toBe(true)
  })

  test('should empty the directory when the machine went down while it was open', () => {
    used('boot-1')
    expect(new CrashMarker(directory, 'boot-2').open()).toBe(true)
    expect(existsSync(data)).toBe(false)
  })

  test('should empty the directory when it went down after a later open', () => {
    used('boot-1').close()
    new CrashMarker(directory, 'boot-1').open()
    expect(new CrashMarker(directory, 'boot-2').open()).toBe(true)
  })

  test.each([['is missing', undefined], ['is damaged', '{"bootId":']])('should empty a directory with files whose marker %s', (_name, content) => {
    used('boot-1')
    const file = path.join(directory, 'marker.json')
    if (content === undefined) rmSync(file)
    else writeFileSync(file, content)
    expect(new CrashMarker(directory, 'boot-1').open()).toBe(true)
  })

  test('should tell boots apart by their start, give or take a minute, where the system has no boot id', () => {
    used('started:1000000')
    expect(new CrashMarker(directory, 'started:1030000').open()).toBe(false)
    expect(new CrashMarker(directory, 'started:9000000').open()).toBe(true)
  })
})
