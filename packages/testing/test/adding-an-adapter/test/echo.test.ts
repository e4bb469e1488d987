import { testClient, testProtocol } from '@slm-audit/testing/conformance'
import { echoChat } from '../src/echo-chat.ts'
import { wrapEcho } from '../src/wrap-echo.ts'
import { Echo } from './echo-client.ts'

const folder = (name: string) => new URL(`../fixtures/${name}/`, import.meta.url)

for (const name of ['plain', 'streamed', 'tools']) testProtocol(echoChat, folder(name))

testClient<Echo>({
  name: 'echo 2',
  connect: (url, { retries }) => new Echo({ baseURL: url, maxRetries: retries }),
  wrap: wrapEcho,
  // The client gives the signal to fetch, which refuses it.
  expected: {
    'a signal of another realm aborts before the answer': { stage: 'error', by: undefined }
  },
  plain: {
    folder: folder('plain'),
    run: (client, params, options) => client.chat(params, options)
  },
  stream: {
    folder: folder('streamed'),
    run: (client, params, options) => client.stream(params, options)
  },
  text: (output) => (output as { text: string }).text,
  retries: true
})
