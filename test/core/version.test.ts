import { readFileSync } from 'node:fs'
import path from 'node:path'
import { version } from '../../lib/core/version.ts'

test('the version should be that of the package', () => {
  const { version: expected } = JSON.parse(readFileSync(path.join(__dirname, '../../package.json'), 'utf8')) as { version: string }
  expect(version).toBe(expected)
})
