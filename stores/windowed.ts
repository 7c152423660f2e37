/** A time span in ms: for windows without, for sessions with its end. */
export interface Window {
  readonly start: number
  readonly end: number
}

/** A key in one window. */
export interface Windowed<K> {
  readonly key: K
  readonly window: Window
}
