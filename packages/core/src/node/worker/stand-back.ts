import { stat } from 'node:fs/promises'
import { constants, getPriority, setPriority } from 'node:os'

/** How much less of a short processor this thread gets than one of the application: a third. */
const BEHIND = 5

/**
 * Lets this thread wait for the application where processors are short: what it stores is safe in spools meanwhile. On
 * Linux, where a priority is of one thread (setpriority(2), "C library/kernel differences"); elsewhere it would be the
 * whole process's. Never rejects.
 */
export async function standBack(): Promise<void> {
  if (process.platform !== 'linux') return
  try {
    // Threads have the priority of whoever starts them: those that the whole process shares for files are started first.
    await stat('.')
    setPriority(Math.min(getPriority() + BEHIND, constants.priority.PRIORITY_LOW))
  } catch {
    // It goes on as the application's own threads do.
  }
}
