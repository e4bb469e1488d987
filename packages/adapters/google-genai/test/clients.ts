import { GoogleGenAI as GoogleGenAI3 } from '@google/genai'
import { GoogleGenAI as GoogleGenAI1 } from 'google-genai-1'
import { GoogleGenAI as GoogleGenAI2 } from 'google-genai-2'

/**
 * The newest client; one that tries again but takes no fetch of one's own; and the oldest. They
 * differ in types that no test here uses.
 */
export const versions: readonly {
  readonly name: string
  readonly GoogleGenAI: typeof GoogleGenAI3
  /** Whether attempts can be seen: see docs/adapters/google-genai.md. */
  readonly retries: boolean
}[] = [
  { name: 'google-genai 3.x', GoogleGenAI: GoogleGenAI3, retries: true },
  {
    name: 'google-genai 2.20',
    GoogleGenAI: GoogleGenAI2 as unknown as typeof GoogleGenAI3,
    retries: false
  },
  {
    name: 'google-genai 1.0',
    GoogleGenAI: GoogleGenAI1 as unknown as typeof GoogleGenAI3,
    retries: false
  }
]
