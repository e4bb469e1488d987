import { textOf } from '@slm-audit/core/reader'
import { type ClientSubject, testClient } from '@slm-audit/testing/conformance'
import type OpenAI from 'openai'
import { wrapOpenAI } from '../src/index.ts'
import { majors } from './clients.ts'
import { fixture } from './recorded.ts'

type Calls = Pick<ClientSubject<OpenAI>, 'plain' | 'stream' | 'text'>

const sound = () => new File(['RIFF'], 'a.wav', { type: 'audio/wav' })

/** Endpoints that also stream, beside chat and responses. */
const endpoints: { readonly [name: string]: Calls } = {
  completions: {
    plain: {
      folder: fixture('completions'),
      run: (client, params, options) => client.completions.create(params, options)
    },
    stream: {
      folder: fixture('completions-streamed'),
      run: (client, params, options) => client.completions.create(params, options)
    }
  },
  transcription: {
    plain: {
      folder: fixture('transcription'),
      params: { model: 'm' },
      run: (client, params: object, options) =>
        client.audio.transcriptions.create({ ...params, file: sound() } as never, options)
    },
    stream: {
      folder: fixture('transcription-streamed'),
      params: { model: 'm', stream: true },
      run: (client, params: object, options) =>
        client.audio.transcriptions.create({ ...params, file: sound() } as never, options)
    },
    text: (output) => (output as { text?: string }).text ?? ''
  },
  images: {
    plain: {
      folder: fixture('images'),
      run: (client, params, options) => client.images.generate(params, options)
    },
    stream: {
      folder: fixture('images-streamed'),
      run: (client, params, options) => client.images.generate(params, options)
    }
  }
}

// What differs between majors is the same for all endpoints: chat is played on each, these on the ends.
for (const { name, OpenAI: Client, streamsNo = [] } of [
  ...majors.slice(0, 1),
  ...majors.slice(-1)
]) {
  for (const [endpoint, { stream, ...calls }] of Object.entries(endpoints)) {
    testClient<OpenAI>({
      name: `${name}: ${endpoint}`,
      connect: (url, { retries }) =>
        new Client({ baseURL: `${url}/v1`, apiKey: 'k', maxRetries: retries }),
      wrap: wrapOpenAI,
      text: textOf,
      ...calls,
      ...(stream && !streamsNo.includes(endpoint) && { stream }),
      ignoreHeaders: ['x-stainless-timeout']
    })
  }
}
