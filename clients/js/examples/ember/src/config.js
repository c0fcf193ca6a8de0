const parameters = new URLSearchParams(location.search);

export const api = parameters.get('api') ?? location.origin;
export const patch = parameters.get('patch') !== 'no';
export const stack = parameters.get('stack') ?? 'fetch';
