import { statSync } from 'node:fs'
import { messageOf } from '@slm-audit/core/journal'
import { areWaiting, type WaitingCalls } from '@slm-audit/core/node'
import { waitingCalls } from '@slm-audit/sqlite'
import { isLogInFiles, isServerAddress } from '../base/log-address.ts'
import { counted } from '../render/figures.ts'
import type { Terminal } from '../terminal.ts'

/** Says how much waits beside a log and is not in it yet, where something does. Never throws. */
export async function warnOfWaiting(file: string, terminal: Terminal): Promise<void> {
  const said = await waitingWords(file)
  if (said) terminal.explain(terminal.style('yellow', `${said.says}; ${said.next}`))
}

/** What is said of calls that wait. */
export interface WaitingWords {
  readonly says: string
  readonly next: string
  /** Whether a process was killed, so that nobody takes them in by itself. */
  readonly isLeft: boolean
}

/** What waits, and what to do about it; `undefined` where nothing does. */
export async function waitingWords(file: string): Promise<WaitingWords | undefined> {
  // Spools are on the machines of those who write.
  if (isServerAddress(file)) return undefined
  try {
    const waiting = await waitingBeside(file)
    if (!waiting || !areWaiting(waiting)) return undefined
    const { running, left } = waiting
    const holders = [
      ...(running > 0 ? [`of ${counted(running, 'log')} that an application has open`] : []),
      ...(left > 0 ? [`of ${counted(left, 'log')} whose process was killed`] : [])
    ]
    return {
      says: `${amount(waiting)} in spools ${holders.join(' and ')}, and not in the log yet`,
      next:
        left > 0
          ? 'open the log with its application, which may write it and has its key'
          : 'they are taken in within seconds',
      isLeft: left > 0
    }
  } catch (cause) {
    const says = `calls may wait in spools beside the log, which cannot be looked at: ${messageOf(cause)}`
    return { says, next: 'look as the user who runs the application', isLeft: true }
  }
}

/** What waits beside a log; `undefined` for an export, which no application writes. */
async function waitingBeside(file: string): Promise<WaitingCalls | undefined> {
  if (!isLogInFiles(file)) return waitingCalls(file)
  if (!statSync(file).isDirectory()) return undefined
  // Loaded for such a log alone.
  const files = await import('@slm-audit/file')
  return files.waitingCalls(file)
}

function amount({ calls, bytes }: WaitingCalls): string {
  if (calls === undefined) return `${(bytes / 1024).toFixed(0)} KiB of calls wait`
  return `${counted(calls, 'call')} ${calls === 1 ? 'waits' : 'wait'}`
}
