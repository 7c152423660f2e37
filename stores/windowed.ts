export type { Window, Windowed } from '../lib/serdes/windowed.ts'
