/** Where the program of a worker is; its file has the extension of this one, in `dist` as well as among the sources. */
export const workerProgram = (): URL => new URL(`./stream-thread-worker${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url)
