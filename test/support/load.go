// Asks without a pause over HTTP/2, on as many connections as are told, and counts: net/http of Go, which sends again on another
// connection what a server has not processed (RFC 9113 §6.8), as clients shall. It ends when its standard input does.
package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
)

func main() {
	url := os.Args[1]
	connections, _ := strconv.Atoi(os.Args[2])
	streams, _ := strconv.Atoi(os.Args[3])
	var succeeded, failed, dialled atomic.Int64
	var first sync.Once
	why := ""
	var stopping atomic.Bool
	go func() {
		io.Copy(io.Discard, os.Stdin)
		stopping.Store(true)
	}()
	ask := func(client *http.Client) error {
		response, err := client.Get(url)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if _, err = io.ReadAll(response.Body); err != nil {
			return err
		}
		if response.ProtoMajor != 2 || response.StatusCode != 200 {
			return fmt.Errorf("%s %s", response.Proto, response.Status)
		}
		return nil
	}
	var all sync.WaitGroup
	for c := 0; c < connections; c++ {
		client := &http.Client{Transport: &http.Transport{
			TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
			ForceAttemptHTTP2: true,
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				dialled.Add(1)
				return (&net.Dialer{}).DialContext(ctx, network, address)
			},
		}}
		for s := 0; s < streams; s++ {
			all.Add(1)
			go func() {
				defer all.Done()
				for !stopping.Load() {
					if err := ask(client); err != nil {
						failed.Add(1)
						first.Do(func() { why = err.Error() })
					} else {
						succeeded.Add(1)
					}
				}
			}()
		}
	}
	all.Wait()
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"succeeded": succeeded.Load(), "failed": failed.Load(), "dialled": dialled.Load(), "why": why,
	})
}
