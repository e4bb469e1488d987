import {
  count,
  type Fields,
  facts,
  flag,
  group,
  id,
  items,
  KEPT,
  label,
  list,
  measure,
  measures,
  NEEDED,
  name,
  number,
  title,
  word
} from './field.ts'

/** How an answer ended, named alike for all providers. */
export const FINISHES = [
  'stop',
  'length',
  'tool_calls',
  'content_filter',
  'cancelled',
  'pause',
  'error',
  'other'
] as const

/** Who ended a call that was cancelled or abandoned. */
const ENDED_BY = ['signal', 'consumer', 'timeout', 'exit', 'crash', 'unread', 'policy'] as const

const USAGE_FIELDS = {
  inputTokens: count('tokens of the input'),
  outputTokens: count('tokens of the answer'),
  totalTokens: count('tokens of both, as the provider adds them'),
  cacheReadTokens: count('tokens of the input that were cached'),
  cacheWriteTokens: count('tokens of the input that were put into a cache'),
  reasoningTokens: count('tokens of the reasoning'),
  audioInputTokens: count('tokens of sound in the input'),
  audioOutputTokens: count('tokens of sound in the answer'),
  raw: measures('the numbers of the provider’s own object, as answered')
} as const satisfies Fields

/** `response`: the answer's own facts; its text is a content. */
export const RESPONSE_FIELDS = {
  id: id('id of the answer', KEPT),
  requestId: id('id of the request at the provider', KEPT),
  model: title('the model that answered', KEPT),
  fingerprint: id('what the provider calls the system that answered'),
  finishReasons: list({ is: 'name' }, 'as answered, one a choice', KEPT),
  finish: list(
    { is: 'word', of: FINISHES },
    '`finishReasons`, named alike for all providers',
    KEPT
  ),
  usage: group(USAGE_FIELDS, 'token counts, named alike for all providers', { as: 'UsageFacts' }),
  toolCalls: list(
    items(
      { id: id('id under which the tool is asked for'), name: name('name of the tool', NEEDED) },
      'AskedToolFacts'
    ),
    'tools that the answer asks for'
  ),
  details: facts(
    'facts that one provider tells: numbers, switches and known words under known names; the rest is the content `details`'
  )
} as const satisfies Fields

/** `confidence`: how sure the model was; logarithms are natural. */
export const CONFIDENCE_FIELDS = {
  tokens: count('tokens that the summary is of', KEPT),
  meanLogprob: number('mean logarithm of the probability of a token', KEPT),
  minLogprob: number('the least of the logarithms', KEPT),
  perplexity: number('exp(-meanLogprob)', KEPT),
  scores: list(
    items(
      { label: label('name of the class', NEEDED), score: number('score of the class', NEEDED) },
      'ClassScore'
    ),
    'scores of a classifier'
  )
} as const satisfies Fields

const SPAN_FIELDS = {
  message: count('index of the message or block in the answer', NEEDED),
  part: count('index of the block in the message'),
  start: count('its first UTF-16 code unit, where tags in a text mark it'),
  end: count('first UTF-16 code unit behind it')
} as const satisfies Fields

/** `reasoning`: where and how the model showed its reasoning, whose text is a content. */
export const REASONING_FIELDS = {
  source: name('the field, block or tag that carried it', { ...NEEDED, ...KEPT }),
  tokens: count('tokens of the reasoning', KEPT),
  characters: count('length of its text in UTF-16 code units', KEPT),
  blocks: count('number of blocks', KEPT),
  spans: list(items(SPAN_FIELDS, 'ReasoningSpan'), 'where it stands in the output'),
  signatures: list({ is: 'id' }, 'signatures of the provider'),
  encrypted: flag('whether it was encrypted', KEPT)
} as const satisfies Fields

/** One of `attempts`: a try of the call on the wire. */
export const ATTEMPT_FIELDS = {
  durationMs: measure('duration in milliseconds', NEEDED),
  status: count('HTTP status'),
  requestId: id('id of the request at the provider'),
  retryAfterMs: measure('milliseconds that the provider asked to wait'),
  error: name('type of the error; its message is the content `error`')
} as const satisfies Fields

/** `outcome`: why the call did not end in an answer. */
export const OUTCOME_FIELDS = {
  status: count('HTTP status'),
  by: word(ENDED_BY, 'who ended a call that was cancelled or abandoned'),
  type: name('type or class of the error'),
  code: name('code of the error'),
  retryAfterMs: measure('milliseconds that the provider asked to wait'),
  causes: list({ is: 'title' }, 'types and codes of the causes, outermost first')
} as const satisfies Fields

/** `timing`: durations in milliseconds from a monotonic clock. */
export const TIMING_FIELDS = {
  durationMs: measure('from the call to its end', NEEDED),
  timeToFirstChunkMs: measure('from the call to the first piece of the answer'),
  chunks: count('pieces of the answer'),
  tokensPerSecond: measure('tokens of the answer by the time of answering')
} as const satisfies Fields
