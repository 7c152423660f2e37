/** Runs `work`, which is told when to stop, for at most `limitMs`; false when the time was over first. @throws what `work` throws */
export const drained = async (limitMs: number, work: (isOver: () => boolean) => Promise<void>): Promise<boolean> => {
  let isOver = false
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => {
      isOver = true
      resolve(false)
    }, limitMs)
  })
  const working = work(() => isOver).then(() => !isOver)
  // what fails when nobody waits any more concerns nobody
  working.catch(() => {})
  try {
    return await Promise.race([working, over])
  } finally {
    clearTimeout(timer)
  }
}
