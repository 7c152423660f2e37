#!/usr/bin/env node
import { existsSync } from 'node:fs'
import module from 'node:module'

// From Node 22 on: what V8 made of the files is kept for the next start.
module.enableCompileCache?.()

const program = new URL('../dist/apps/broker.js', import.meta.url)
if (existsSync(program)) {
  await import(program.href)
} else {
  console.error('Millrace is not built yet: run "npm install" or "npm run build" in its folder first.')
  process.exitCode = 1
}
