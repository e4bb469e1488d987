import type { Terminal } from '../terminal.ts'
import type { Output } from './output.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** As shells name an end by Ctrl-C. */
const INTERRUPTED = 130

/**
 * Has Ctrl-C, and a signal to end, discard what is half written and end the process: a draft would be left with prompts and answers
 * in it. Whoever writes has to let signals in now and then. Until it is disposed.
 */
export function discardedOnSignals(outputs: readonly Output[], terminal: Terminal): Disposable {
  return endedOnSignals(terminal, () => {
    for (const each of outputs) each.discard()
    return 'no file was written'
  })
}

/**
 * Has Ctrl-C, and a signal to end, end the process between two files, each of which is written whole and at once: a draft of one is never
 * left. Whoever writes has to let signals in now and then. Until it is disposed.
 *
 * @param leave Leaves everything as it may stay; what it gives is said: `no file was written`.
 */
export function endedOnSignals(terminal: Terminal, leave: () => string): Disposable {
  const stop = (): void => {
    const says = leave()
    terminal.progress('')
    terminal.explain(`interrupted; ${says}`)
    process.exit(INTERRUPTED)
  }
  for (const signal of SIGNALS) process.on(signal, stop)
  return {
    [Symbol.dispose]: () => {
      for (const signal of SIGNALS) process.off(signal, stop)
    }
  }
}
