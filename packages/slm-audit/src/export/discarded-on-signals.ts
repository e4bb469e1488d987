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
  const stop = (): void => {
    for (const each of outputs) each.discard()
    terminal.progress('')
    terminal.explain('interrupted; no file was written')
    process.exit(INTERRUPTED)
  }
  for (const signal of SIGNALS) process.on(signal, stop)
  return {
    [Symbol.dispose]: () => {
      for (const signal of SIGNALS) process.off(signal, stop)
    }
  }
}
