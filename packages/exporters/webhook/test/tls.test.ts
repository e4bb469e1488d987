import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { sealedRecords } from '@slm-audit/testing'
import { fetchExporter, type TlsOptions, webhookExporter } from '@slm-audit/webhook'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const pem = (name: string) => readFileSync(new URL(`certificates/${name}.pem`, import.meta.url))
const never = new AbortController().signal

/** A receiver that wants to know who sends. */
const seen: string[] = []
const server = createServer(
  { cert: pem('server'), key: pem('server.key'), ca: pem('authority'), requestCert: true },
  (request, response) => {
    seen.push((request.socket as TLSSocket).getPeerCertificate().subject.CN?.toString() ?? '')
    request.resume().on('end', () => response.writeHead(204).end())
  }
)
let url = ''

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/audit`
})
afterAll(() => void server.close())

async function send(tls?: TlsOptions) {
  const exporter = webhookExporter({ url, secret, ...(tls && { tls }) })
  return await exporter.export(await sealedRecords(2), never)
}

describe('certificates of a webhook', () => {
  test('its own authority and its own certificate reach a receiver that asks for them', async () => {
    const tls = { ca: pem('authority'), cert: pem('client'), key: pem('client.key') }
    expect(await send(tls)).toEqual({ status: 'stored' })
    expect(seen).toEqual(['client'])
  })

  test('without the authority, or without a certificate, the records wait', async () => {
    expect(await send()).toMatchObject({ status: 'retry' })
    expect(await send({ ca: pem('authority') })).toMatchObject({ status: 'retry' })
  })

  test('a certificate without its key is refused', async () => {
    await expect(send({ cert: pem('client') })).rejects.toThrow('tls needs cert and key together')
  })
})

describe('an address in the clear', () => {
  test.each([
    'http://siem.example/audit',
    'http://10.0.0.5:8080/',
    'http://localhost.evil.example/'
  ])('%s is refused unless that is known', (plain) => {
    const message = /in the clear; use https:\/\/, or say allowHttp: true/
    expect(() => webhookExporter({ url: plain, secret })).toThrow(message)
    expect(() => fetchExporter({ url: plain })).toThrow(message)
    expect(webhookExporter({ url: plain, secret, allowHttp: true }).name).toBe('webhook')
  })

  test.each([
    'http://127.0.0.1:9/',
    'http://localhost:9/',
    'http://[::1]:9/',
    'https://siem.example/'
  ])('%s is taken', (address) => {
    expect(webhookExporter({ url: address, secret }).name).toBe('webhook')
  })
})
