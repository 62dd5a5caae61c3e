"""What several tests share: lessons, raw access to files, planted mistakes, the fuzzer."""
