#!/usr/bin/env node
import { existsSync } from 'node:fs'

const program = new URL('../dist/apps/data-reader.js', import.meta.url)
if (existsSync(program)) {
  await import(program.href)
} else {
  console.error('Millrace is not built yet: run "npm install" or "npm run build" in its folder first.')
  process.exitCode = 1
}
