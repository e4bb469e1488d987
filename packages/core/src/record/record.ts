import type { z } from 'zod'
import type {
  alterationSchema,
  attemptSchema,
  auditRecordSchema,
  confidenceSchema,
  modelSchema,
  outcomeSchema,
  reasoningSchema,
  responseSchema,
  systemSchema
} from './schema.ts'

/**
 * One audit record: the header that is a leaf of the log. Its contents (input, output, …) are kept
 * apart and committed to in `log.contents`. The zod schema in `@slm-audit/core/schema` is the
 * source of this type; docs/record-format.md explains each field.
 */
export type AuditRecord = z.infer<typeof auditRecordSchema>

/** A record before the journal gave it its place in the log. */
export type DraftRecord = Omit<AuditRecord, 'log'>

/** Where a call stands. Every call ends in exactly one stage other than `received`. */
export type Stage = AuditRecord['stage']

/** A field or content that is not stored as it was given. */
export type Alteration = z.infer<typeof alterationSchema>

/** One attempt at a call on the wire. */
export type Attempt = z.infer<typeof attemptSchema>

/** The summary of a model's per-token probabilities or class scores. */
export type ConfidenceSummary = z.infer<typeof confidenceSchema>

/** The weights and the runtime of a local model. */
export type ModelIdentity = z.infer<typeof modelSchema>

/** Why a call did not end in an answer. */
export type Outcome = z.infer<typeof outcomeSchema>

/** Where and how a model showed its reasoning. */
export type ReasoningMarkers = z.infer<typeof reasoningSchema>

/** Facts about an answer, as answered. */
export type ResponseFacts = z.infer<typeof responseSchema>

/** The process at the moment of a call. */
export type SystemState = z.infer<typeof systemSchema>

/** Who ended a call that was cancelled or abandoned. */
export type EndedBy = NonNullable<Outcome['by']>

/** Who and what is around a call; flows through asynchronous code with `withContext`. */
export type AuditContext = NonNullable<AuditRecord['context']>
