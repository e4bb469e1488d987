import type { FINISHES } from './fields/answer-fields.ts'

/** How an answer ended, named alike for all providers. */
export type Finish = (typeof FINISHES)[number]

/** Reasons as answered, in lower case with underscores. */
const REASONS: { readonly [Name in Exclude<Finish, 'other'>]: readonly string[] } = {
  stop: [
    'stop',
    'end_turn',
    'stop_sequence',
    'word', // llama.cpp
    'eos',
    'eos_token',
    'eog_token',
    'stop_generation_trigger',
    'custom_stop_trigger',
    'stopping_criteria',
    'complete',
    'completed',
    'finish',
    'finished'
  ],
  length: [
    'length',
    'max_tokens',
    'max_output_tokens',
    'max_new_tokens',
    'model_length',
    'model_context_window_exceeded',
    'limit'
  ],
  tool_calls: [
    'tool_calls',
    'tool_call',
    'tool_use',
    'function_call',
    'function_calls',
    'requires_action'
  ],
  content_filter: [
    'content_filter',
    'content_filtered',
    'refusal',
    'safety',
    'recitation',
    'blocklist',
    'prohibited_content',
    'spii',
    'image_safety',
    'image_prohibited_content',
    'image_recitation',
    'model_armor', // Gemini's reasons to refuse a prompt
    'jailbreak',
    'escalation',
    'pup_limited_disabled',
    'guardrail_intervened'
  ],
  cancelled: ['abort', 'aborted', 'cancelled', 'canceled', 'interrupted'],
  pause: ['pause_turn', 'compaction', 'continuation', 'requires_continuation'],
  error: [
    'error',
    'failed',
    'malformed_function_call',
    'malformed_model_output',
    'malformed_response',
    'missing_thought_signature',
    'malformed_tool_use',
    'unexpected_tool_call',
    'too_many_tool_calls',
    'insufficient_system_resource'
  ]
}

const BY_REASON = new Map(
  Object.entries(REASONS).flatMap(([finish, reasons]) =>
    reasons.map((reason) => [reason, finish as Finish] as const)
  )
)

/** The common name of a finish reason (`STOP`, `end_turn`, `eogToken`, …); unknown ones are `other`. */
export function finishOf(reason: string): Finish {
  const plain = reason
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll('-', '_')
  return BY_REASON.get(plain) ?? 'other'
}
