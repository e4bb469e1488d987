// Gemini's generateContent (Gemini API reference, "Generating content").
import type { Answer, Fields } from './answer.ts'
import { argumentsFor, COUNTS, eventOf, fieldsOf, listOf, nextId, WORDS } from './script.ts'

const USAGE = {
  promptTokenCount: COUNTS.input,
  candidatesTokenCount: COUNTS.output,
  totalTokenCount: COUNTS.input + COUNTS.output
}

/** A tool is called once; what it gave is then answered in words. */
export function generateContent(request: Fields, path: string): Answer {
  const tool = toolOf(request)
  const said: readonly Fields[] = tool
    ? [{ functionCall: { name: tool.name, args: argumentsFor(tool.parameters) } }]
    : WORDS.map((text) => ({ text }))
  const responseId = nextId('gemini')
  const answer = (parts: readonly Fields[], isLast: boolean) => ({
    candidates: [
      { index: 0, content: { role: 'model', parts }, ...(isLast && { finishReason: 'STOP' }) }
    ],
    modelVersion: 'gemini-test',
    responseId,
    usageMetadata: USAGE
  })
  if (!path.includes(':stream')) {
    const whole = tool ? said : [{ text: WORDS.join('') }]
    return { body: answer(whole, true) }
  }
  return {
    contentType: 'text/event-stream',
    pieces: said.map((part, at) => eventOf(answer([part], at === said.length - 1)))
  }
}

function toolOf({ tools, contents }: Fields): Fields | undefined {
  const isDone = listOf(contents).some(({ parts }) =>
    listOf(parts).some((part) => 'functionResponse' in part)
  )
  return isDone ? undefined : listOf(fieldsOf(listOf(tools)[0]).functionDeclarations)[0]
}
