import { testClient } from '@slm-audit/testing/conformance'
import { wrapOpenAI } from '../src/index.ts'
import { majors } from './clients.ts'
import { fixture } from './recorded.ts'

/** The words of the messages in an output. */
const text = (output: unknown) =>
  (output as { content?: { text?: string }[] }[])
    .flatMap(({ content = [] }) => content.map(({ text: words = '' }) => words))
    .join('')

for (const { name, OpenAI } of majors) {
  testClient({
    name: `${name}: responses`,
    connect: (url, { retries }) =>
      new OpenAI({ baseURL: `${url}/v1`, apiKey: 'k', maxRetries: retries }),
    wrap: wrapOpenAI,
    plain: {
      folder: fixture('responses'),
      run: (client, params, options) => client.responses.create(params, options)
    },
    stream: {
      folder: fixture('responses-streamed'),
      run: (client, params, options) => client.responses.create(params, options)
    },
    text,
    ignoreHeaders: ['x-stainless-timeout']
  })
}
