// Runs an agent of the OpenAI Agents SDK and records its tree: OPENAI_API_KEY=… node agents.ts
import {
  Agent,
  getCurrentSpan,
  run,
  setDefaultOpenAIClient,
  setOpenAIAPI,
  setTraceProcessors
} from '@openai/agents'
import { auditTraceProcessor } from '@slm-audit/agents'
import { wrapOpenAI } from '@slm-audit/openai'
import OpenAI from 'openai'
import { createAuditLog } from 'slm-audit'

await using log = await createAuditLog({ service: 'support-bot' })
setDefaultOpenAIClient(wrapOpenAI(new OpenAI(), log))
setTraceProcessors([auditTraceProcessor(log, getCurrentSpan)]) // in place of OpenAI's own
setOpenAIAPI('chat_completions')

const model = process.env.MODEL ?? 'gpt-5-mini'
const agent = new Agent({ name: 'support', model, instructions: 'Answer in one sentence.' })
const answer = await run(agent, 'How long does a refund take?', { stream: true })
for await (const text of answer.toTextStream()) process.stdout.write(text)
await answer.completed
