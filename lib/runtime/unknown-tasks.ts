import type { Logger } from '../core/log.ts'
import type { StateDirectory } from '../task/state-directory.ts'

/** Says so in the log when files are there of tasks that the topology cannot have: it was another one when they were made. */
export const warnOfUnknownTasks = (stateDirectory: StateDirectory, subtopologies: readonly number[], logger: Logger): void => {
  const unknown = stateDirectory.taskDirectories().filter(({ id }) => !subtopologies.includes(id.subtopology))
  if (unknown.length === 0) return
  logger.warn(
    { tasks: unknown.map(({ id }) => String(id)).sort(), subtopologies },
    'the state directory has tasks of sub-topologies that the topology does not have: it has changed. If what is left has other numbers or names than before, ' +
      'its stores begin from other changelogs: reset the application or take another application.id. What nobody uses goes with cleanUp()',
  )
}
