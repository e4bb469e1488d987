// Asks Gemini and records the call: GEMINI_API_KEY=… node google-genai.ts
import { GoogleGenAI } from '@google/genai'
import { wrapGoogleGenAI } from '@slm-audit/google-genai'
import { createAuditLog } from 'slm-audit'

await using log = await createAuditLog({ service: 'support-bot' })
const ai = wrapGoogleGenAI(new GoogleGenAI({}), log)

const stream = await ai.models.generateContentStream({
  model: process.env.MODEL ?? 'gemini-2.5-flash',
  contents: 'How long does a refund take?'
})
for await (const { text } of stream) process.stdout.write(text ?? '')
