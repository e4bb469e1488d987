import { GoogleGenAI } from '@google/genai'
import { type AdapterBench, adapterBench, cannedFetch } from '@slm-audit/testing/bench'
import { wrapGoogleGenAI } from '../src/index.ts'

const fixtures = new URL('../fixtures/', import.meta.url)

/** What this adapter adds to a call and to a chunk is measured on these: see `pnpm run bench`. */
export const benches: readonly AdapterBench[] = [
  adapterBench(
    'google-genai',
    (derive) => {
      const fetch = cannedFetch(fixtures, 'plain', 'streamed')
      return new (derive(GoogleGenAI))({ apiKey: 'k', httpOptions: { fetch } })
    },
    wrapGoogleGenAI,
    ({ models }) => {
      const params = { model: 'm', contents: 'Weather in Rome and Oslo?' }
      return {
        call: () => models.generateContent(params),
        stream: () => models.generateContentStream(params)
      }
    }
  )
]
