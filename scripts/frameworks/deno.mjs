// Run by Deno: a call is recorded in a database, whose log is closed, and read again.
import { wrapOpenAI } from '@slm-audit/openai'
import OpenAI from 'openai'
import { createAuditLog, openReader } from 'slm-audit'

const choice = { index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }
const fetch = async () => Response.json({ id: 'c', model: 'm', choices: [choice] })
const log = await createAuditLog({ file: 'audit.db', service: 'deno' })
const openai = wrapOpenAI(new OpenAI({ apiKey: 'k', fetch }), log)
const messages = [{ role: 'user', content: 'hello' }]
const { choices } = await openai.chat.completions.create({ model: 'm', messages })
await log.close()
const reader = await openReader('audit.db')
const { items } = await reader.query({}, { limit: 10 })
await reader[Symbol.asyncDispose]()
console.log(`${choices[0].message.content}, of which ${items.length} call is recorded`)
