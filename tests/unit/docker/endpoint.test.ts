import { describe, expect, test } from 'bun:test'
import { parseEndpoint } from '#docker/endpoint.ts'

describe('an endpoint', () => {
  test.each([
    ['unix:///run/user/1/docker.sock', { socketPath: '/run/user/1/docker.sock', host: '' }],
    ['/var/run/docker.sock', { socketPath: '/var/run/docker.sock', host: '' }],
    ['npipe:////./pipe/docker_engine', { socketPath: '//./pipe/docker_engine', host: '' }],
    ['tcp://box:2375', { host: 'box', port: '2375' }],
    ['tcp://box:2376', { host: 'box', port: '2376', protocol: 'https' }],
    ['box:1234', { host: 'box', port: '1234' }],
    ['http://box', { host: 'box', port: '2375', protocol: 'http' }],
    ['https://box', { host: 'box', port: '2376', protocol: 'https' }],
    ['', {}],
  ])('%p is understood', (host, options) => {
    expect(parseEndpoint(host).options).toEqual(options as never)
  })

  test.each(['unix://', 'ftp://box', 'tcp://', 'what is this'])('%p is refused by name', (host) => {
    expect(() => parseEndpoint(host)).toThrow(host)
  })

  test('ssh is refused with the way to forward the socket', () => {
    expect(() => parseEndpoint('ssh://me@box')).toThrow(
      'ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock me@box',
    )
  })
})
