/** What the shop is asked. */
export const QUESTIONS = [
  'How long does a refund take?',
  'Where is my order?',
  'Do you ship to Spain?'
]

/** A chat completion with these words. */
export function answer(content: string, model = 'small-1') {
  const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }]
  const usage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 }
  const body = { id: 'c', object: 'chat.completion', created: 1, model, choices, usage }
  return { headers: { 'content-type': 'application/json' }, chunks: [JSON.stringify(body)] }
}

/** What an application does: three questions, by fetch alone. */
export async function talk(fetch: typeof globalThis.fetch, base: string) {
  const said: string[] = []
  for (const content of QUESTIONS) {
    const body = JSON.stringify({
      model: 'small-1',
      messages: [{ role: 'user', content }],
      temperature: 0
    })
    const response = await fetch(`${base}/chat/completions`, { method: 'POST', body })
    const { choices } = (await response.json()) as { choices: { message: { content: string } }[] }
    said.push(choices[0]?.message.content ?? '')
  }
  return said
}
