import OpenAI7, { AzureOpenAI as Azure7 } from 'openai'
import OpenAI4, { AzureOpenAI as Azure4 } from 'openai-4'
import OpenAI5, { AzureOpenAI as Azure5 } from 'openai-5'
import OpenAI6, { AzureOpenAI as Azure6 } from 'openai-6'

/** A major of the client. */
interface Major {
  readonly name: string
  readonly OpenAI: typeof OpenAI7
  readonly AzureOpenAI: typeof Azure7
  /** Scenarios that do not apply, with the reason. */
  readonly without?: { readonly [scenario: string]: string }
  /** Endpoints that it has without streams. */
  readonly streamsNo?: readonly string[]
}

const FORMS = 'it sends forms as streams, which nothing may read but the request'

const NO_DECISIONS = { decisions: 'majors before 7 have none' }

const WITHOUT_IN_4 = {
  ...NO_DECISIONS,
  'a client derived by withOptions': 'it has no withOptions',
  'responses in the background: created, looked at, cancelled': '4.87 has no cancelling',
  'responses in the background, streamed: left, and taken up again': '4.87 streams none again',
  'embeddings, in base64 as the client asks by itself': '4.87 asks for numbers',
  'speech, taken as bytes': 'responses of node-fetch have no bytes()',
  'transcription of a file': FORMS,
  'transcription, streamed': FORMS,
  'transcription, tried again': 'it cannot send a form twice',
  'images.edit() with several images': FORMS
}

/** Where a major keeps `.parse`, `.stream` and `.runTools`. */
export function helpersOf({ chat, beta }: OpenAI7): OpenAI7['chat']['completions'] {
  return 'parse' in chat.completions
    ? chat.completions
    : (beta as unknown as OpenAI7).chat.completions
}

/** The majors that the adapter says it is tested with; they differ in types that no test here uses. */
export const majors: readonly Major[] = [
  { name: 'openai 7', OpenAI: OpenAI7, AzureOpenAI: Azure7 },
  { name: 'openai 6', OpenAI: OpenAI6, AzureOpenAI: Azure6, without: NO_DECISIONS },
  { name: 'openai 5', OpenAI: OpenAI5, AzureOpenAI: Azure5, without: NO_DECISIONS },
  {
    name: 'openai 4',
    OpenAI: OpenAI4,
    AzureOpenAI: Azure4,
    without: WITHOUT_IN_4,
    streamsNo: ['transcription', 'images']
  }
].map((major) => major as unknown as Major)
