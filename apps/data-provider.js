#!/usr/bin/env node
import('../dist/apps/data-provider.js').catch((error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || !String(error.message).includes('dist')) throw error
  console.error('Millrace is not built yet: run "npm install" or "npm run build" in its folder first.')
  process.exitCode = 1
})
