import type { LastAttempt } from '../call/attempts.ts'
import type { OpenCall } from '../call/open-call.ts'
import { type TapObserver, tapIterable } from '../streams/tap-iterator.ts'

/**
 * For clients that tell nobody when the consumer of a stream stops, or when they throw at an error inside
 * of it, and leave the answer's body unread and open: ends the call then. The wire below tells of chunks
 * and ends. The iterable is changed in place and returned.
 *
 * @param last The attempt that gives the answer, where clients stop reading at an event that they cannot read: the call
 *   fails then.
 */
export function watchConsumer<S extends AsyncIterable<unknown>>(
  source: S,
  call: OpenCall,
  last?: Pick<LastAttempt, 'cancel'>
): S {
  const observer: TapObserver<unknown> = {
    next: ignore,
    end: ignore,
    fail(error) {
      call.fail(error)
      return call.settled()
    },
    cancel() {
      if (last) return last.cancel()
      call.cancel('consumer')
      return call.settled()
    }
  }
  return tapIterable(source, observer)
}

function ignore(): undefined {
  return undefined
}
