const parameters = new URLSearchParams(location.search);

export const api = parameters.get('api') ?? location.origin;
export const stack = parameters.get('stack') ?? 'fetch';
