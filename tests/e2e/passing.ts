/** The browser drops what it loads when a container brings another network card; the page loads it again. */
export const isPassing = (message: string): boolean => message.includes('ERR_NETWORK_CHANGED')
