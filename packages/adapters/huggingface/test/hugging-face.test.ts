import { testClient } from '@slm-audit/testing/conformance'
import { wrapHuggingFace } from '../src/index.ts'
import { versions } from './clients.ts'
import { scenarios } from './scenarios.ts'
import type { Use } from './task-scenarios.ts'

const fixture = (name: string) => new URL(`../fixtures/${name}/`, import.meta.url)

for (const { name, Client } of versions) {
  testClient<Use>({
    name,
    connect: (url, { retries }) => ({
      client: new Client('hf_none'),
      endpointUrl: url,
      options: { retry_on_error: retries > 0 }
    }),
    wrap: ({ client, ...use }, log) => ({ client: wrapHuggingFace(client, log), ...use }),
    // The client gives the signal to fetch, which refuses it.
    expected: {
      'a signal of another realm aborts before the answer': { stage: 'error', by: undefined }
    },
    plain: {
      folder: fixture('chat'),
      run: ({ client, endpointUrl, options }, params, { signal }) =>
        client.chatCompletion({ ...(params as object), endpointUrl } as never, {
          ...options,
          ...(signal && { signal })
        })
    },
    stream: {
      folder: fixture('chat-streamed'),
      run: ({ client, endpointUrl, options }, params, { signal }) =>
        client.chatCompletionStream({ ...(params as object), endpointUrl } as never, {
          ...options,
          ...(signal && { signal })
        })
    },
    leavesConnection: true,
    refusal: { error: 'too fast' },
    scenarios
  })
}
