import { scenarioCases } from './scenario-files.ts'

/** `npm run conformance -- DIR…`: runs every scenario below the folders, a line per failure, and counts. */
const main = (places: readonly string[]): number => {
  if (places.length === 0) {
    console.error('usage: npm run conformance -- DIR…   (folders or files of scenarios)')
    return 2
  }
  let passed = 0
  let failed = 0
  for (const { name, run } of places.flatMap(scenarioCases)) {
    const failures = run()
    if (failures.length === 0) passed++
    else failed++
    if (failures[0] !== undefined) console.log(`${name}: ${failures[0]}`)
  }
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 && passed > 0 ? 0 : 1
}

process.exitCode = main(process.argv.slice(2))
