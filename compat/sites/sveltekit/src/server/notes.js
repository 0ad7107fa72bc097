/** What has been written, in the memory of the server. */
export const notes = ['the first note'];
