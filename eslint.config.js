import { readFileSync } from 'node:fs'
import path from 'node:path'
import tseslint from 'typescript-eslint'

const root = import.meta.dirname
const layers = JSON.parse(readFileSync(path.join(root, 'layers.json'), 'utf8'))

/** The entry of layers.json that a file belongs to: the longest name that is the file or a folder above it. */
const roomOf = (file) => {
  const relative = path.relative(root, file).split(path.sep).join('/').replace(/\.[jt]s$/, '')
  return Object.keys(layers)
    .filter((room) => relative === room || relative.startsWith(`${room}/`))
    .sort((a, b) => b.length - a.length)[0]
}

const sees = (room, target) => {
  const relative = path.relative(root, target).split(path.sep).join('/').replace(/\.[jt]s$/, '')
  const inside = (name) => relative === name || relative.startsWith(`${name}/`)
  return inside(room) || layers[room].some(inside)
}

const importDirection = {
  meta: { type: 'problem', schema: [], messages: { up: '{{from}} may not import {{to}}: {{room}} sees only {{allowed}} (layers.json)' } },
  create(context) {
    const room = roomOf(context.filename)
    const check = (node) => {
      const source = node.source?.value
      if (!room || typeof source !== 'string' || !source.startsWith('.')) return
      const target = path.resolve(path.dirname(context.filename), source)
      if (sees(room, target)) return
      const shown = (file) => path.relative(root, file)
      context.report({ node, messageId: 'up', data: { from: shown(context.filename), to: shown(target), room, allowed: layers[room].join(', ') || 'nothing of ours' } })
    }
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check }
  },
}

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    plugins: { millrace: { rules: { 'import-direction': importDirection } } },
    rules: {
      'millrace/import-direction': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'max-lines': ['error', { max: 600, skipBlankLines: true, skipComments: true }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
)
