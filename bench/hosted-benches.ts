import Anthropic from '@anthropic-ai/sdk'
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand
} from '@aws-sdk/client-bedrock-runtime'
import { GoogleGenAI } from '@google/genai'
import { InferenceClient } from '@huggingface/inference'
import { HTTPClient, Mistral } from '@mistralai/mistralai'
import { wrapAnthropic } from '@slm-audit/anthropic'
import { wrapBedrock } from '@slm-audit/bedrock'
import { wrapGoogleGenAI } from '@slm-audit/google-genai'
import { wrapHuggingFace } from '@slm-audit/huggingface'
import { wrapMistral } from '@slm-audit/mistral'
import { wrapOpenAI } from '@slm-audit/openai'
import OpenAI from 'openai'
import { type AdapterBench, adapterBench, messages } from './adapter-bench.ts'
import { cannedFetch, cannedHandler } from './canned.ts'

const openai = (plain: string, streamed: string) => () =>
  new OpenAI({
    baseURL: 'http://canned/v1',
    apiKey: 'k',
    fetch: cannedFetch('openai', plain, streamed)
  })

function mistral(): Mistral {
  const fetch = cannedFetch('mistral', 'plain', 'streamed')
  const fetcher = async (input: unknown) =>
    fetch('http://canned', { body: await (input as Request).text() })
  return new Mistral({ apiKey: 'k', httpClient: new HTTPClient({ fetcher }) })
}

const bedrock = () =>
  new BedrockRuntimeClient({
    region: 'us-east-1',
    endpoint: 'http://canned',
    credentials: { accessKeyId: 'k', secretAccessKey: 'none' },
    requestHandler: cannedHandler('bedrock', 'converse', 'converse-streamed')
  })

/** Clients of hosted models, each with the answers of its fixtures. */
export const hostedBenches: readonly AdapterBench[] = [
  adapterBench('openai', openai('plain', 'streamed'), wrapOpenAI, ({ chat }) => ({
    call: () => chat.completions.create({ model: 'm', messages }),
    stream: () => chat.completions.create({ model: 'm', messages, stream: true })
  })),
  adapterBench(
    'openai, responses',
    openai('responses', 'responses-streamed'),
    wrapOpenAI,
    ({ responses }) => ({
      call: () => responses.create({ model: 'm', input: messages }),
      stream: () => responses.create({ model: 'm', input: messages, stream: true })
    })
  ),
  adapterBench(
    'anthropic',
    () => {
      const fetch = cannedFetch('anthropic', 'plain', 'streamed')
      return new Anthropic({ baseURL: 'http://canned', apiKey: 'k', fetch })
    },
    wrapAnthropic,
    (client) => {
      const params = { model: 'm', max_tokens: 256, messages }
      return {
        call: () => client.messages.create(params),
        stream: () => client.messages.create({ ...params, stream: true })
      }
    }
  ),
  adapterBench('bedrock', bedrock, wrapBedrock, (client) => {
    const params = { modelId: 'm', messages: [] }
    return {
      call: () => client.send(new ConverseCommand(params)),
      stream: async () => (await client.send(new ConverseStreamCommand(params))).stream ?? []
    }
  }),
  adapterBench(
    'huggingface',
    () => {
      const fetch = cannedFetch('huggingface', 'chat', 'chat-streamed')
      return new InferenceClient('hf_none', { fetch, endpointUrl: 'http://canned' })
    },
    wrapHuggingFace,
    (client) => ({
      call: () => client.chatCompletion({ model: 'm', messages }),
      stream: () => client.chatCompletionStream({ model: 'm', messages })
    })
  ),
  adapterBench(
    'google-genai',
    () => {
      const fetch = cannedFetch('google-genai', 'plain', 'streamed')
      return new GoogleGenAI({ apiKey: 'k', httpOptions: { fetch } })
    },
    wrapGoogleGenAI,
    ({ models }) => {
      const params = { model: 'm', contents: 'Weather in Rome and Oslo?' }
      return {
        call: () => models.generateContent(params),
        stream: () => models.generateContentStream(params)
      }
    }
  ),
  adapterBench('mistral', mistral, wrapMistral, ({ chat }) => ({
    call: () => chat.complete({ model: 'm', messages }),
    stream: () => chat.stream({ model: 'm', messages })
  }))
]
