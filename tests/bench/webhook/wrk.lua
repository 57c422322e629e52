-- SPDX-License-Identifier: Apache-2.0
--
-- wrk ... URL -- REVIEW-FILE ANSWER-FILE [close]
--
-- Send the review as the API server does, on connections that stay open, or on a new one each time,
-- and hold every answer against the one that is expected. At the end print
-- "measured REQUESTS MICROSECONDS WRONG BUSY" and what the wrong ones were; BUSY are those with 503.

local threads = {}
local expected

-- Answers of this thread.
n_wrong = 0
n_busy = 0 -- of these

local function read_file(path)
    local file = assert(io.open(path, "rb"))
    local bytes = file:read("*a")
    file:close()
    return bytes
end

function setup(thread)
    threads[#threads + 1] = thread
end

function init(args)
    wrk.method = "POST"
    wrk.body = read_file(args[1])
    wrk.headers["User-Agent"] = "kube-apiserver-admission"
    wrk.headers["Accept"] = "application/json, */*"
    wrk.headers["Content-Type"] = "application/json"
    wrk.headers["Accept-Encoding"] = "gzip"
    if args[3] == "close" then
        wrk.headers["Connection"] = "close"
    end
    expected = read_file(args[2])
end

function response(status, headers, body)
    if status ~= 200 or body ~= expected then
        n_wrong = n_wrong + 1
        if status == 503 then
            n_busy = n_busy + 1
        end
    end
end

function done(summary, latency, requests)
    local errors = summary.errors
    local answers, busy = 0, 0
    for _, thread in ipairs(threads) do
        answers = answers + thread:get("n_wrong")
        busy = busy + thread:get("n_busy")
    end
    local wrong = answers + errors.connect + errors.read + errors.write + errors.timeout
    print(string.format("measured %d %d %d %d %d answers (%d of them 503), failed: %d to connect, "
        .. "%d to read, %d to write, %d in time", summary.requests, summary.duration, wrong,
        busy, answers, busy, errors.connect, errors.read, errors.write, errors.timeout))
end
