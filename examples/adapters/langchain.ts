// A chain of LangChain: the chain is a step, and the prompt and the model's call stand below it:
// OPENAI_BASE_URL=http://127.0.0.1:11434/v1 OPENAI_API_KEY=none MODEL=qwen3:0.6b node langchain.ts
import { StringOutputParser } from '@langchain/core/output_parsers'
import { ChatPromptTemplate } from '@langchain/core/prompts'
import { ChatOpenAI } from '@langchain/openai'
import { auditHandler } from '@slm-audit/langchain'
import { createAuditLog } from 'slm-audit'

await using log = await createAuditLog({ service: 'support-bot' })

const chain = ChatPromptTemplate.fromTemplate('{question}')
  .pipe(new ChatOpenAI({ model: process.env.MODEL ?? 'gpt-5-mini' }))
  .pipe(new StringOutputParser())
const stream = await chain.stream(
  { question: 'How long does a refund take?' },
  { callbacks: [auditHandler(log)], runName: 'refunds' }
)
for await (const text of stream) process.stdout.write(text)
