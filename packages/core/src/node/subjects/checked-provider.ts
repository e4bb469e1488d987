import type { KeyProvider } from '../key-provider.ts'
import { answerKeys, askingProvider } from '../worker/answer-keys.ts'
import { withinDeadline } from './within-deadline.ts'

/**
 * A provider of this thread, held to what a journal's thread holds it to: its methods reject with AuditError `bad_key` for
 * an answer of another kind, and where it takes too long; so nothing else comes into a log.
 */
export function checkedProvider(provider: KeyProvider, deadlineMs?: number): KeyProvider {
  return askingProvider(
    (question) => withinDeadline(answerKeys(provider, question), deadlineMs),
    provider.unwrap !== undefined
  )
}
