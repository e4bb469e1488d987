import { AuditError } from '../base/error.ts'
import type { AskedCall, Ruling } from '../call/call.ts'
import type { Policy } from '../policy/policy.ts'
import { factsOf } from '../policy/policy-facts.ts'
import type { CallRequest } from '../record/call-facts.ts'
import { member } from '../record/header.ts'
import type { Later } from '../record/later.ts'
import type { UnplacedRecord } from '../record/record.ts'

/** A `Member` of a value that is only read here. */
const read = <T>(value: T) => ({ value, text: '' })

/**
 * Asks a policy about a call that is about to be made, on the caller's path: whether it may be, and who waits.
 * `undefined` where its policy has nothing to say there.
 */
export function ruleOn(
  policy: Policy | undefined,
  service: UnplacedRecord['service'],
  { request, scope, trace }: AskedCall
): Ruling | undefined {
  if (!policy?.isAsked) return undefined
  const known = policy.readsRequest ? readRequest(request) : {}
  const { kind = 'call', toolNames, ...call } = known
  const { rule, mode, deny, review } = policy.decide(
    factsOf({
      kind: read(kind),
      call: read({ operation: '', provider: '', ...call, tools: toolNames }),
      context: scope.context,
      service: service && read(service),
      trace: trace && member(trace)
    })
  )
  if (review) return { mode, review: { rule, policy: policy.digest, terms: review } }
  if (deny === undefined) return { mode }
  const message = `the policy denies the call by its rule ${rule}: ${deny}`
  return { denied: new AuditError('denied', message) }
}

/** What stands in a request; nothing where it cannot be read, which is recorded of it as well. */
function readRequest(request: Later<CallRequest>): Partial<CallRequest> {
  try {
    return typeof request === 'function' ? request() : request
  } catch {
    return {}
  }
}
