import Instructor from '@instructor-ai/instructor'
import { wrapOpenAI } from '@slm-audit/openai'
import OpenAI from 'openai'
import { z } from 'zod'

export async function app({ log, url, play }) {
  const options = { baseURL: `${url}/v1`, apiKey: 'x' }
  const client = Instructor({ client: wrapOpenAI(new OpenAI(options), log), mode: 'TOOLS' }) // the line
  const schema = z.object({ name: z.string(), age: z.number() })
  const asked = {
    model: 'tiny',
    messages: [{ role: 'user', content: 'Who is it?' }],
    response_model: { schema, name: 'Person' }
  }
  await play('plain', () => client.chat.completions.create(asked))
  await play('stream', async () => {
    for await (const _ of await client.chat.completions.create({ ...asked, stream: true }));
  })
}
