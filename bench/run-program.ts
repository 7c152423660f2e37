import { execFile } from 'node:child_process'

/** Runs a program to its end and gives what it printed. @throws {Error} with the last it said when it failed */
export const runProgram = (program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(program, [...args], { env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout)
      const said = `${stderr}\n${stdout}`.trim().split('\n').slice(-12).join('\n')
      reject(new Error(`${program} ${args.join(' ')} ended with ${error.signal ?? `code ${error.code}`}:\n${said}`))
    })
  })

/** The JSON object in the last line that has one: tools may write before it, in the same line too. */
export const lastJson = (output: string): unknown => {
  const line = output.split('\n').findLast((text) => text.includes('{'))
  if (line === undefined) throw new Error(`no result among what was printed: ${output.slice(-500)}`)
  return JSON.parse(line.slice(line.indexOf('{')))
}
