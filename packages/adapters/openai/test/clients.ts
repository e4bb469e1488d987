import OpenAI7, { AzureOpenAI as Azure7 } from 'openai'
import OpenAI5, { AzureOpenAI as Azure5 } from 'openai-5'
import OpenAI6, { AzureOpenAI as Azure6 } from 'openai-6'

/** A major of the client. */
interface Major {
  readonly name: string
  readonly OpenAI: typeof OpenAI7
  readonly AzureOpenAI: typeof Azure7
}

/** The majors that the adapter says it is tested with; they differ in types that no test here uses. */
export const majors: readonly Major[] = [
  { name: 'openai 7', OpenAI: OpenAI7, AzureOpenAI: Azure7 },
  { name: 'openai 6', OpenAI: OpenAI6, AzureOpenAI: Azure6 },
  { name: 'openai 5', OpenAI: OpenAI5, AzureOpenAI: Azure5 }
].map((major) => major as unknown as Major)
