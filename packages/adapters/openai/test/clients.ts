import OpenAI7 from 'openai'
import OpenAI6 from 'openai-6'

/** The majors that the adapter says it is tested with. */
export const majors: readonly { readonly name: string; readonly OpenAI: typeof OpenAI7 }[] = [
  { name: 'openai 7', OpenAI: OpenAI7 },
  // The two majors differ in types that no test here uses.
  { name: 'openai 6', OpenAI: OpenAI6 as unknown as typeof OpenAI7 }
]
