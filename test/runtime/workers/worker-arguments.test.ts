import { workerArguments } from '../../../lib/runtime/workers/worker-arguments.ts'

test('the options of a worker should be those of the process without the type of its input', () => {
  expect(workerArguments(['--import', 'x', '--input-type=module', '-e', 'code'])).toEqual(['--import', 'x', '-e', 'code'])
  expect(workerArguments(['--input-type', 'module', '--enable-source-maps'])).toEqual(['--enable-source-maps'])
  expect(workerArguments(['--max-old-space-size=4096'])).toBeUndefined()
})
