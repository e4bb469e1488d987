import { isObject } from '@slm-audit/core/adapter'
import { anthropicMessagesWriter } from './anthropic-messages.ts'
import { completionBody, completionEvents, completionRequest } from './bedrock-completions.ts'
import { bedrockConverseWriter, bedrockPath, converseRequest } from './bedrock-converse.ts'
import { openaiChatWriter } from './openai-chat.ts'
import { inputMembers, present } from './parts.ts'
import type { Fields, KeptAnswer, Writer } from './writer.ts'

/** What Bedrock measured, beside whoever's answer it is: in a stream a member of the last event. */
const METRICS = 'amazon-bedrock-invocationMetrics'

/** How the answers of a family of models are written; `wrap` makes an event one of an invoked model's stream. */
interface Family {
  readonly answer: Writer['answer']
  readonly events: (body: Fields, answer: KeptAnswer) => readonly unknown[]
}

const anthropic: Family = {
  answer: anthropicMessagesWriter.answer,
  events: (body, answer) => dataOf(anthropicMessagesWriter, body, answer)
}

const openai: Family = {
  answer: openaiChatWriter.answer,
  // The stream ends by itself: AWS has no word for it.
  events: (body, answer) => dataOf(openaiChatWriter, body, answer).filter(isObject)
}

/** Nova's events are Converse's, each under its name. */
const nova: Family = {
  answer: bedrockConverseWriter.answer,
  events: (body, answer) =>
    (bedrockConverseWriter.events?.(body, answer) ?? []).map(({ name = '', data }) => ({
      [name]: data
    }))
}

const completions: Family = { answer: completionBody, events: completionEvents }

/** InvokeModel and InvokeModelWithResponseStream, whose bodies are the models' own. */
export const bedrockInvokeWriter: Writer = {
  framing: 'aws',
  path: (request) => bedrockPath(request, 'invoke', 'invoke-with-response-stream'),
  request(request) {
    const { input, tools, settings } = request
    if (isObject(settings.inferenceConfig) || isObject(settings.toolConfig)) {
      return converseRequest(request)
    }
    const own = Object.entries(settings).filter(([name]) => !name.startsWith('x-amzn-'))
    const beside = present({ ...Object.fromEntries(own), tools })
    const isChat = isMessages(input) || (isObject(input) && isMessages(input.messages))
    return isChat
      ? { ...inputMembers(input, 'messages', ['system']), ...beside }
      : { ...completionRequest(request), ...beside }
  },
  answer(answer) {
    const { details, usage, ...kept } = answer
    const { [METRICS]: metrics, ...told } = details
    // Where a model counts nothing itself, its usage is what was measured.
    const isMeasured = metrics !== undefined && JSON.stringify(usage) === JSON.stringify(metrics)
    const own = { ...kept, details: told, ...(usage && !isMeasured && { usage }) }
    return { ...familyOf(answer).answer(own), ...(metrics !== undefined && { [METRICS]: metrics }) }
  },
  events({ [METRICS]: metrics, ...body }, answer) {
    const said = [...familyOf(answer).events(body, answer)]
    const last = said.pop() ?? {}
    const measured = metrics === undefined ? last : { ...Object(last), [METRICS]: metrics }
    return [...said, measured].map((data) => ({ name: 'chunk', data: { bytes: base64(data) } }))
  }
}

/** Whose answer it is, by its shape, as its reading tells them apart. */
function familyOf({ id, output }: KeptAnswer): Family {
  if (Array.isArray(output)) {
    const [first] = output
    return isObject(first) && 'message' in first ? openai : completions
  }
  if (!isObject(output) || !Array.isArray(output.content)) return completions
  // Messages of Anthropic have ids, those of Nova none.
  return id === undefined ? nova : anthropic
}

function dataOf(writer: Writer, body: Fields, answer: KeptAnswer): readonly unknown[] {
  return (writer.events?.(body, answer) ?? []).map(({ data }) => data)
}

function isMessages(value: unknown): boolean {
  return Array.isArray(value) && value.some((each) => isObject(each) && 'role' in each)
}

function base64(data: unknown): string {
  return Buffer.from(JSON.stringify(data)).toString('base64')
}
